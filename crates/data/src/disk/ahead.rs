//! Rows read by a thread of their own, while somebody computes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use super::error::DiskError;
use super::store::Store;
use crate::MemoryError;
use crate::memory::reserve;

/// Rows that are asked for, and their bytes.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) rows: Vec<usize>,
    pub(super) inputs: Vec<u8>,
    /// Of targets in a file of their own.
    pub(super) targets: Vec<u8>,
    /// Inputs that stand in a file of their own are not asked for.
    pub(super) targets_alone: bool,
}

impl Piece {
    /// Asks for these rows.
    pub(super) fn ask(
        &mut self,
        rows: impl ExactSizeIterator<Item = usize>,
    ) -> Result<(), MemoryError> {
        self.rows.clear();
        reserve(&mut self.rows, rows.len())?;
        self.rows.extend(rows);
        Ok(())
    }

    /// Reads the rows.
    pub(super) fn read(&mut self, store: &Store) -> Result<(), DiskError> {
        let count = self.rows.len();
        if !(self.targets_alone && store.targets.is_some()) {
            fit(&mut self.inputs, count, store.inputs.width())?;
            store.inputs.read(&self.rows, &mut self.inputs)?;
        }
        if let Some(targets) = &store.targets {
            fit(&mut self.targets, count, targets.width())?;
            targets.read(&self.rows, &mut self.targets)?;
        }
        Ok(())
    }
}

/// Room for so many rows.
fn fit(bytes: &mut Vec<u8>, count: usize, width: usize) -> Result<(), MemoryError> {
    let len = count.checked_mul(width);
    let len = len.ok_or(MemoryError { bytes: usize::MAX })?;
    let more = len.saturating_sub(bytes.len());
    reserve(bytes, more)?;
    bytes.resize(len, 0);
    Ok(())
}

/// The thread, and what it is asked for.
#[derive(Debug)]
pub(super) struct Ahead {
    /// Taken away to end the thread.
    to: Option<Sender<Piece>>,
    from: Receiver<(Piece, Result<(), DiskError>)>,
    thread: Option<JoinHandle<()>>,
    asked: bool,
}

impl Ahead {
    /// Starts the thread; nothing where the system has none.
    pub(super) fn start(store: &Arc<Store>) -> Option<Self> {
        let (to, asked) = channel::<Piece>();
        let (done, from) = channel();
        let store = Arc::clone(store);
        let work = move || {
            for mut piece in asked {
                let read = piece.read(&store);
                if done.send((piece, read)).is_err() {
                    return;
                }
            }
        };
        let thread = Builder::new().name("gradflow-read".into()).spawn(work);
        Some(Self {
            to: Some(to),
            from,
            thread: Some(thread.ok()?),
            asked: false,
        })
    }

    /// Whether something is asked for and was not taken yet.
    pub(super) fn is_asked(&self) -> bool {
        self.asked
    }

    /// Has it read a piece.
    pub(super) fn ask(&mut self, piece: Piece) {
        self.asked = self.to.as_ref().is_some_and(|to| to.send(piece).is_ok());
    }

    /// Waits for the piece; nothing if none was asked for, or the thread is gone.
    pub(super) fn take(&mut self) -> Option<(Piece, Result<(), DiskError>)> {
        core::mem::take(&mut self.asked)
            .then(|| self.from.recv().ok())
            .flatten()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.to = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic; if it did, nobody would be left to be told.
            let _ = thread.join();
        }
    }
}
