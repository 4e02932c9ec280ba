//! Waiting without the system's help.

use core::time::Duration;

use crate::Clock;

/// Busy waiting for a limited time.
pub(super) struct Patience {
    limit: Duration,
    since: Option<Clock>,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, since: None }
    }

    /// Waits a moment; false, at once, when the time is over.
    pub(super) fn wait(&mut self) -> bool {
        match self.since {
            None if self.limit.is_zero() => return false,
            None => self.since = Some(Clock::start()),
            Some(since) if since.elapsed() > self.limit => return false,
            Some(_) => {}
        }
        core::hint::spin_loop();
        true
    }
}
