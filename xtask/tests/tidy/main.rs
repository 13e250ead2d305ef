//! The rules of the house as tests: who may look at whom, what may not appear where, how long a file may be.
//! Each rule is a function from text to findings, run once on the tree and once on a text that breaks it.

mod documents;
mod manifests;
mod pages;
mod rust;
mod source;
mod tree;
