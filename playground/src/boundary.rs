//! How the browser calls: a question is written into memory, an answer is read from it.
//!
//! `no_mangle` counts as unsafe, since two functions of one name would be undefined behaviour; these names are exported by
//! no other crate. Nothing else here is unsafe: pointers are handed out, and only the browser reads and writes through them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Answer, Page};

struct Desk {
    question: Vec<u8>,
    answer: Answer,
    page: Page,
}

static DESK: Mutex<Desk> = Mutex::new(Desk {
    question: Vec::new(),
    answer: Answer::new(),
    page: Page::new(),
});

fn desk() -> MutexGuard<'static, Desk> {
    DESK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a question of `len` bytes is to be written.
#[unsafe(no_mangle)]
pub extern "C" fn question(len: usize) -> *mut u8 {
    let question = &mut desk().question;
    question.clear();
    question.resize(len, 0);
    question.as_mut_ptr()
}

/// Answers the question that was written; returns the length of the answer's text in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> usize {
    let desk = &mut *desk();
    desk.answer = desk.page.answer(&desk.question);
    desk.answer.text.len()
}

/// Where the answer's text stands.
#[unsafe(no_mangle)]
pub extern "C" fn text() -> *const u8 {
    desk().answer.text.as_ptr()
}

/// Where the answer's numbers stand.
#[unsafe(no_mangle)]
pub extern "C" fn numbers() -> *const f32 {
    desk().answer.numbers.as_ptr()
}

/// How many numbers there are.
#[unsafe(no_mangle)]
pub extern "C" fn count() -> usize {
    desk().answer.numbers.len()
}
