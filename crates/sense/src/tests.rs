mod claims;
mod complaint;
mod diagrams;
mod joining;
mod measured;
mod messages;
