//! Long work that lets others have the core now and then.

/// So many rows of many are worked on before others may have the core.
const ROWS_IN_A_BREATH: usize = 16;

/// Many rows, one after the other, with a pause in between in which others may have the core. Who
/// works on a chunk row by row keeps one busy for half a second, and a thread that answers a request is
/// not to wait until its share of the time is used up.
pub fn unhurried<T>(rows: &[T]) -> impl Iterator<Item = &T> {
    rows.iter().enumerate().map(|(number, row)| {
        if number % ROWS_IN_A_BREATH == ROWS_IN_A_BREATH - 1 {
            std::thread::yield_now();
        }
        row
    })
}
