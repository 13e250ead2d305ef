//! Use cases of inspection, on both databases.

#[cfg(test)]
mod bases;
#[cfg(test)]
mod cast;
#[cfg(test)]
mod draws;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod tasks;
