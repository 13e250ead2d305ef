//! Messages (来件): what files, letters and calls bring before anybody has decided what they are. Here they are read, looked through and
//! compared; what is decided about them is a complaint's own (`crate::complaint`).

pub mod split;
