//! Contour lines of a function over a rectangle, by marching squares.

use std::collections::HashMap;

/// Squares along each side of the grid.
const SQUARES: usize = 240;

/// A point of the plane.
pub type Point = (f64, f64);

/// The lines on which `v` is `level`, as chains of points.
pub fn lines(v: impl Fn(f64, f64) -> f64, x: [f64; 2], y: [f64; 2], level: f64) -> Vec<Vec<Point>> {
    let at =
        |range: [f64; 2], i: usize| range[0] + (range[1] - range[0]) * i as f64 / SQUARES as f64;
    let height = |i: usize, k: usize| v(at(x, i), at(y, k)) - level;
    let grid: Vec<Vec<f64>> = (0..=SQUARES)
        .map(|i| (0..=SQUARES).map(|k| height(i, k)).collect())
        .collect();

    // Where the line crosses the edge from a corner to the right (0) or up (1).
    type Edge = (usize, usize, usize);
    let crossing = |(i, k, up): Edge| -> Option<Point> {
        let (a, b) = (grid[i][k], grid[i + 1 - up][k + up]);
        if (a < 0.0) == (b < 0.0) {
            return None;
        }
        let t = a / (a - b);
        let [xi, yk] = [at(x, i), at(y, k)];
        let [dx, dy] = [at(x, i + 1 - up) - xi, at(y, k + up) - yk];
        Some((xi + t * dx, yk + t * dy))
    };

    let mut next: HashMap<Edge, Vec<Edge>> = HashMap::new();
    for i in 0..SQUARES {
        for k in 0..SQUARES {
            // Around the square; a saddle crosses all four, and is cut into two corners.
            let edges = [(i, k, 0), (i + 1, k, 1), (i, k + 1, 0), (i, k, 1)];
            let crossed: Vec<Edge> = edges
                .into_iter()
                .filter(|e| crossing(*e).is_some())
                .collect();
            for pair in crossed.chunks_exact(2) {
                next.entry(pair[0]).or_default().push(pair[1]);
                next.entry(pair[1]).or_default().push(pair[0]);
            }
        }
    }

    // Chains that end at the border start there; what is left are loops.
    let mut starts: Vec<Edge> = next.keys().copied().collect();
    starts.sort_unstable_by_key(|edge| (next[edge].len(), *edge));
    let mut chains = Vec::new();
    for start in starts {
        let mut chain = Vec::new();
        let mut edge = start;
        loop {
            chain.extend(crossing(edge));
            let Some(onward) = next.get_mut(&edge).and_then(Vec::pop) else {
                break;
            };
            if let Some(back) = next.get_mut(&onward)
                && let Some(i) = back.iter().position(|e| *e == edge)
            {
                back.remove(i);
            }
            edge = onward;
        }
        if chain.len() > 1 {
            chains.push(chain);
        }
    }
    chains
}
