//! Whether the steps of a run were stable.

use gradflow::optim::{Rule, Stability, curvature};
use gradflow::{Arena, Batch, Dataset, Model, Real, Risk};
use maud::html;

use crate::ReportError;
use crate::section::{Section, facts};
use crate::subject::some;
use crate::text::{number, percent};

/// Samples of whose cost the curvature is taken.
const SAMPLES: usize = 256;
/// Gradients that the search for the largest curvature takes at most.
const ITERATIONS: usize = 30;

/// The largest curvature of the cost at the model's parameters, and the rule on it.
pub(crate) fn stability<T: Real>(
    model: &Model<T>,
    rule: &Rule,
    data: &Dataset<T>,
) -> Result<Option<Section>, ReportError> {
    let of = |error| ReportError::Model {
        part: "training",
        error,
    };
    let (x, y) = some(model, data, SAMPLES);
    let (inputs, outputs) = (
        model.network().input().len(),
        model.network().output().len(),
    );
    let (Ok(x), Ok(y)) = (Batch::new(&x, inputs), Batch::new(&y, outputs)) else {
        return Ok(None);
    };
    let mut arena = Arena::training(model.network(), x.samples()).map_err(of)?;
    let mut risk = Risk::new(model, x, y, &mut arena).map_err(of)?;
    let Ok(found) = curvature(&mut risk, model.theta(), ITERATIONS) else {
        return Ok(None);
    };
    let report = rule.stability(found.estimate);
    let mut rows = vec![
        ("rule".to_owned(), rule.to_string()),
        ("largest curvature found".to_owned(), number(found.estimate)),
    ];
    if let Some(limit) = report.limit {
        rows.push((
            "largest curvature on which the rule is stable".to_owned(),
            number(limit),
        ));
    }
    if let Some(share) = report.share() {
        rows.push(("part of the limit that is used".to_owned(), percent(share)));
    }
    if let Some(growth) = report.growth {
        rows.push((
            "factor of an error for each step".to_owned(),
            number(growth),
        ));
    }
    let body = html! {
        p { (verdict(&report)) }
        (facts(&format!("At the model's parameters, on the mean cost of {} samples, without schedules", x.samples()), &rows))
    };
    Ok(Some(Section::new("stability", "Stability", body)))
}

/// What the numbers say.
fn verdict(report: &Stability) -> String {
    match (report.caution, report.share()) {
        (Some(caution), _) => format!("Unstable: {caution}."),
        (None, Some(share)) if share <= 1.0 => {
            format!("Stable: the curvature is {} of the largest on which the rule is.", percent(share))
        }
        (None, Some(share)) => {
            format!("Unstable: the curvature is {} times the largest on which the rule is stable.", number(share))
        }
        (None, None) => "The rule rescales gradients: there is no limit that the curvature sets, and steps are bounded by the rate.".to_owned(),
    }
}
