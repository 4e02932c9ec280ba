//! The one place where the crate takes the time.

use core::time::Duration;
use std::time::Instant;

/// A clock that runs if it is wanted and the target has one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(Option<Instant>);

impl Clock {
    pub(super) fn start(wanted: bool) -> Self {
        // `Instant::now` panics in a browser.
        let bare = cfg!(all(target_family = "wasm", target_os = "unknown"));
        Self((wanted && !bare).then(Instant::now))
    }

    /// Whether so much time has passed; never without a clock.
    pub(super) fn passed(&self, limit: Duration) -> bool {
        self.0.is_some_and(|begin| begin.elapsed() >= limit)
    }
}
