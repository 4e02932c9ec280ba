//! The processes of a run.

use std::fmt;

use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};
use thiserror::Error;

/// MPI could not be started, or was already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("MPI cannot be started: it was already in this process")]
pub struct NoMpi;

/// All processes that `mpirun` started. MPI ends when it is dropped, which waits for the others.
pub struct Ranks {
    pub(crate) world: SimpleCommunicator,
    // Dropped last.
    _universe: Universe,
}

impl Ranks {
    /// Starts MPI, once in a process. A process that no `mpirun` started is alone.
    ///
    /// # Errors
    /// [`NoMpi`] the second time.
    pub fn start() -> Result<Self, NoMpi> {
        // The threads of a model compute; the one that asks for sums speaks to MPI.
        let threading = mpi::Threading::Funneled;
        let (universe, _) = mpi::initialize_with_threading(threading).ok_or(NoMpi)?;
        Ok(Self {
            world: universe.world(),
            _universe: universe,
        })
    }

    /// The number of this process, from 0.
    pub fn rank(&self) -> usize {
        usize::try_from(self.world.rank()).unwrap_or(0)
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        usize::try_from(self.world.size()).unwrap_or(1)
    }

    /// Whether this is process 0, that speaks and writes.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// The first rank that failed, if any did. All wait here for one another.
    pub fn first_failed(&self, failed: bool) -> Option<usize> {
        let mut all = vec![0_u8; self.size()];
        self.world.all_gather_into(&u8::from(failed), &mut all[..]);
        all.iter().position(|failed| *failed != 0)
    }

    /// Waits for all others.
    pub fn wait(&self) {
        self.world.barrier();
    }

    /// Ends all processes at once, where they are: for an error that the others know nothing of.
    pub fn abort(&self) -> ! {
        self.world.abort(1)
    }
}

impl fmt::Debug for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ranks")
            .field("rank", &self.rank())
            .field("size", &self.size())
            .finish()
    }
}
