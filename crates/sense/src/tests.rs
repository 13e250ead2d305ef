mod complaint;
mod diagrams;
