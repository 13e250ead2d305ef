mod claims;
mod complaint;
mod diagrams;
