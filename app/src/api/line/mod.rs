//! Waiting for a locked ticket.

mod join_line;
mod leave_line;

pub(crate) use self::{join_line::*, leave_line::*};
