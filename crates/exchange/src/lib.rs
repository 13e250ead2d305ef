//! The exchange room (共享交换): programs of other departments and of partners that are connected to this one: who they are, what they may ask
//! for and how often, requests that come twice, and what they are told. It speaks no HTTP, and what a connected system does it does through the use cases of
//! the other rooms, in the scope of its department.

pub mod follow;
pub mod once;
pub mod quota;
pub mod system;
pub mod webhook;

mod text;
