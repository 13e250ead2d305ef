//! The pages over HTTP, without a browser: who may call what, what is refused, and that nothing typed is lost.

mod forms;
mod guard;
mod people;
mod routes;
