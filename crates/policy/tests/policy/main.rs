//! The packs of this repository, and what is said about packs that are damaged.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod packs;
