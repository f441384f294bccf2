//! Starting and stopping a host.

mod component;
mod folder;
mod listening;
mod options;
mod stop;
