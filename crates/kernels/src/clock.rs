//! The one place where the library takes the time.

use core::time::Duration;

/// A clock that was started. Where the target has none (`wasm32-unknown-unknown`), no time passes.
///
/// ```
/// use gradflow_kernels::Clock;
///
/// let clock = Clock::start();
/// let first = clock.elapsed();
/// assert!(clock.elapsed() >= first); // it does not run backwards
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    start: std::time::Instant,
}

impl Clock {
    /// Starts a clock.
    pub fn start() -> Self {
        Self {
            #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
            start: std::time::Instant::now(),
        }
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
        return self.start.elapsed();
        #[cfg(all(target_family = "wasm", target_os = "unknown"))]
        return Duration::ZERO;
    }
}
