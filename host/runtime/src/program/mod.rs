//! From a file to something that can be instantiated.
//!
//! * [`shape`] reads what a file is and which engine it needs;
//! * [`compiled`] keeps compiled components between runs of the host;
//! * [`load`] puts the two together and links.

mod adapt;
mod compiled;
mod error;
mod load;
mod shape;

pub use compiled::CompiledStore;
pub use error::LoadError;
pub(crate) use load::Pre;
pub use load::{Loader, Program, Use};
pub use shape::World;
