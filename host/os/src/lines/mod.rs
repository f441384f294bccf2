//! A guest's standard output and error, cut into lines.
//!
//! Inside: [`Lines`], which takes bytes as they come and gives whole lines; [`harmless`], which makes
//! their text safe to show; [`Flow`], which slows down a guest that floods; [`Output`], which joins the
//! three for one stream of one guest. Not inside: where lines go (`log`).
//!
//! Handing bytes on as the guest writes them would be simpler, and wrong three times over: lines of two
//! instances would mix in the middle, an escape sequence could rewrite the operator's terminal, and a line
//! feed followed by a made-up time stamp could forge the host's own messages.

mod flow;
mod harmless;
mod output;
mod splitter;

pub use flow::Flow;
pub use harmless::harmless;
pub use output::Output;
pub use splitter::{DEFAULT_LIMIT, Lines};
