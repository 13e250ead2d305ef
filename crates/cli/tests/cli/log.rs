//! The log seen from outside: witnesses as processes, proof files, and logs that are served.

mod asked;
mod audit;
mod cosign;
mod file;
mod served;
mod witness;
mod world;
