//! Paths of rules over landscapes.

use std::path::Path;

use anyhow::Result;
use gradflow::optim::study::{Beale, Himmelblau, Quadratic, Rosenbrock, Saddle};
use gradflow::optim::{
    Adam, Chebyshev, GradientDescent, MomentumSummed, Objective, Rule, RungeKutta, Stop, Tableau,
    TwoStepMidpoint, minimise,
};

use gradflow_examples::contour::{Point, lines};
use gradflow_examples::picture::{Curve, Frame, map};

/// A landscape with the rules that are let loose on it.
struct Scene {
    name: &'static str,
    title: &'static str,
    objective: Box<dyn Objective<f64>>,
    start: [f64; 2],
    x: [f64; 2],
    y: [f64; 2],
    /// Heights of the contour lines.
    levels: Vec<f64>,
    /// Gradients that each rule may spend.
    gradients: usize,
    rules: Vec<(&'static str, Rule)>,
    minima: Vec<Point>,
}

/// Rules that follow a landscape whose largest curvature on the way is about `l`.
fn rules(l: f64) -> Vec<(&'static str, Rule)> {
    let chebyshev = Chebyshev {
        rate: 1.0,
        stages: 5,
        damping: 0.05,
    };
    // Four fifths of the limit leave room for curvature that changes on the way.
    let limit = Rule::from(chebyshev).limit().unwrap_or(0.0);
    vec![
        (
            "gradient descent (2)",
            GradientDescent { rate: 1.6 / l }.into(),
        ),
        (
            "RK4",
            RungeKutta {
                rate: 2.2 / l,
                table: Tableau::Rk4,
            }
            .into(),
        ),
        (
            "momentum (7)",
            MomentumSummed {
                rate: 1.0 / l,
                beta: 0.9,
            }
            .into(),
        ),
        ("Adam (11)", Adam::new(0.1).into()),
        (
            "Chebyshev, 5 stages",
            Chebyshev {
                rate: 0.8 * limit / l,
                ..chebyshev
            }
            .into(),
        ),
        ("midpoint (13)", TwoStepMidpoint { rate: 0.5 / l }.into()),
    ]
}

/// Pixels of the rules' paths: those that are drawn first are seen beside those that are drawn over them.
const WIDTHS: [f64; 6] = [5.0, 4.0, 3.0, 2.5, 1.8, 1.0];

fn scenes() -> Vec<Scene> {
    let geometric =
        |first: f64, ratio: f64, n: i32| (0..n).map(|i| first * ratio.powi(i)).collect();
    vec![
        Scene {
            name: "valley",
            title: "A valley 50 times as steep across as along, 60 gradients",
            objective: Box::new(Quadratic::new(vec![1.0, 50.0])),
            start: [-1.8, 0.6],
            x: [-2.0, 1.6],
            y: [-0.8, 0.8],
            levels: geometric(0.05, 2.0, 9),
            gradients: 60,
            rules: rules(50.0),
            minima: vec![(0.0, 0.0)],
        },
        Scene {
            name: "rosenbrock",
            title: "Rosenbrock's valley, 400 gradients",
            objective: Box::new(Rosenbrock),
            start: [-1.2, 1.0],
            x: [-1.6, 1.6],
            y: [-0.6, 1.8],
            levels: geometric(0.4, 2.2, 8),
            gradients: 400,
            rules: rules(1400.0),
            minima: vec![(1.0, 1.0)],
        },
        Scene {
            name: "beale",
            title: "Beale's function, 300 gradients",
            objective: Box::new(Beale),
            start: [1.0, 1.0],
            x: [0.0, 4.0],
            y: [-1.0, 1.6],
            levels: geometric(0.02, 3.0, 9),
            gradients: 300,
            rules: rules(120.0),
            minima: vec![(3.0, 0.5)],
        },
        himmelblau(geometric(2.0, 1.9, 9)),
        Scene {
            name: "saddle",
            title: "Past a saddle, 60 gradients",
            objective: Box::new(Saddle),
            start: [1.4, 0.01],
            x: [-1.4, 1.6],
            y: [-1.3, 1.3],
            levels: (-4..12).map(|i| -0.03 + 0.06 * f64::from(i)).collect(),
            gradients: 60,
            rules: rules(4.0),
            minima: vec![(0.0, 1.0), (0.0, -1.0)],
        },
    ]
}

fn himmelblau(levels: Vec<f64>) -> Scene {
    Scene {
        name: "himmelblau",
        title: "Himmelblau's four minima, 100 gradients",
        objective: Box::new(Himmelblau),
        start: [-0.3, -1.1],
        x: [-5.0, 5.0],
        y: [-5.0, 5.0],
        levels,
        gradients: 100,
        rules: rules(160.0),
        minima: vec![
            (3.0, 2.0),
            (-2.805_118, 3.131_313),
            (-3.779_310, -3.283_186),
            (3.584_428, -1.848_127),
        ],
    }
}

/// Draws every landscape.
pub(crate) fn draw(out: &Path) -> Result<()> {
    for mut scene in scenes() {
        let mut paths = Vec::new();
        for ((label, rule), width) in scene.rules.iter().zip(WIDTHS) {
            let stop = Stop {
                gradients: Some(scene.gradients),
                trajectory: true,
                ..Stop::default()
            };
            let end = minimise(scene.objective.as_mut(), &scene.start, rule.clone(), &stop)?;
            let points = end.trajectory.iter().map(|q| (q[0], q[1]));
            let points = visible(points, &scene);
            paths.push(Curve {
                label: (*label).into(),
                points,
                marked: false,
                width,
            });
        }
        // Contours need the values at many points: behind a cell, since objectives may keep scratch.
        let objective = std::cell::RefCell::new(scene.objective);
        let height = |x: f64, y: f64| objective.borrow_mut().value(&[x, y]);
        let contours: Vec<Vec<Point>> = scene
            .levels
            .iter()
            .flat_map(|level| lines(height, scene.x, scene.y, *level))
            .collect();
        let Scene {
            title,
            x,
            y,
            name,
            minima,
            ..
        } = scene;
        let frame = Frame {
            title,
            axes: ["q₀", "q₁"],
            x,
            y,
        };
        map(
            &out.join(format!("{name}.svg")),
            &frame,
            &contours,
            &paths,
            &minima,
        )?;
    }
    Ok(())
}

/// A path up to where it leaves the picture, without points too near to one another to be told apart.
fn visible(points: impl Iterator<Item = Point>, scene: &Scene) -> Vec<Point> {
    let (width, height) = (scene.x[1] - scene.x[0], scene.y[1] - scene.y[0]);
    let inside = |p: &Point| {
        (scene.x[0]..=scene.x[1]).contains(&p.0) && (scene.y[0]..=scene.y[1]).contains(&p.1)
    };
    let mut kept: Vec<Point> = Vec::new();
    for p in points.take_while(inside) {
        let near = kept
            .last()
            .is_some_and(|last| ((p.0 - last.0) / width).hypot((p.1 - last.1) / height) < 0.002);
        if !near {
            kept.push(p);
        }
    }
    kept
}
