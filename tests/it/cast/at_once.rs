//! Many who ask at the same moment.

use std::sync::Barrier;

/// What each of `many` is answered; they are told their number, and all begin together.
pub fn at_once<T: Send>(many: usize, ask: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let together = Barrier::new(many);
    std::thread::scope(|scope| {
        let begin = |number| {
            let (together, ask) = (&together, &ask);
            scope.spawn(move || {
                together.wait();
                ask(number)
            })
        };
        let threads: Vec<_> = (0..many).map(begin).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}
