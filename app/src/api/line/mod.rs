//! Waiting for a locked ticket.

mod join_line;
mod leave_line;
mod my_lines;

pub(crate) use self::{join_line::*, leave_line::*, my_lines::*};
