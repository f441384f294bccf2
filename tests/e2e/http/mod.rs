//! The front end over real sockets.

mod bodies;
mod limits;
mod malformed;
mod protocol;
mod slow;
mod streaming;
