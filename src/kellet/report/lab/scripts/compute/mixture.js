// The mixture family, as kellet.families.Mixture(covariance="full") learns it: greedy k-means++, then a few steps of
// expectation-maximisation.  Points are rows of one Float64Array (n * d); a factor is lower triangular, d * d.
{
  // Shares below the one, and logarithms so far below the largest, change no sum of responsibilities.
  const NOTHING = 1e-16, FAR = 200;

  // Lower triangular factor of S + floor * I, in place of S; each squared pivot is at least the floor.
  function factorise(matrix, at, d, floor) {
    for (let j = 0; j < d; j += 1) {
      for (let i = j; i < d; i += 1) {
        let sum = matrix[at + i * d + j];
        for (let k = 0; k < j; k += 1) sum -= matrix[at + i * d + k] * matrix[at + j * d + k];
        matrix[at + i * d + j] = i === j ? Math.sqrt(Math.max(sum, floor)) : sum / matrix[at + j * d + j];
      }
      for (let i = 0; i < j; i += 1) matrix[at + i * d + j] = 0;
    }
  }

  // ln|F F'| of one factor.
  function logDeterminant(factors, at, d) {
    let sum = 0;
    for (let k = 0; k < d; k += 1) sum += 2 * Math.log(factors[at + k * d + k]);
    return sum;
  }

  // Squared length of a point from a mean, in standard deviations; Infinity where it is longer than most.  white: room
  // for d numbers.
  function squaredLength(points, i, means, j, factors, d, white, most) {
    let total = 0;
    for (let k = 0; k < d; k += 1) {
      if (total > most) return Infinity;
      const row = (j * d + k) * d;
      let sum = points[i * d + k] - means[j * d + k];
      for (let l = 0; l < k; l += 1) sum -= factors[row + l] * white[l];
      white[k] = sum / factors[row + k];
      total += white[k] * white[k];
    }
    return total;
  }

  // Which seed is nearest to each point: seeds far from each other, each the best of a few candidates, drawn in
  // proportion to their squared distance from the seeds before.
  function scatterSeeds(points, n, d, components, random) {
    const candidates = 2 + Math.floor(Math.log(components));
    const near = new Float64Array(n).fill(Infinity), nearest = new Int32Array(n), seeds = new Int32Array(components);
    const distances = new Float64Array(n), best = new Float64Array(n);
    for (let j = 0; j < components; j += 1) {
      let total = 0, least = Infinity;
      for (let i = 0; i < n; i += 1) total += j ? near[i] : 1;
      for (let c = 0; c < candidates; c += 1) {
        let left = random.uniform() * total, chosen = -1;
        do { chosen += 1; left -= j ? near[chosen] : 1; } while (left >= 0 && chosen < n - 1);
        let sum = 0;
        for (let i = 0; i < n; i += 1) {
          let distance = 0;
          for (let k = 0; k < d; k += 1) distance += (points[i * d + k] - points[chosen * d + k]) ** 2;
          distances[i] = Math.min(distance, near[i]);
          sum += distances[i];
        }
        if (sum < least) {
          least = sum;
          seeds[j] = chosen;
          best.set(distances);
        }
      }
      for (let i = 0; i < n; i += 1) if (best[i] < near[i]) nearest[i] = j;
      near.set(best);
    }
    return { seeds, nearest };
  }

  // Responsibilities (components * n) of a model; returns the mean log density of the points.
  function expect(model, points, n, belongs) {
    const { components, d, weights, means, factors } = model;
    const white = new Float64Array(d), joint = new Float64Array(components), heights = new Float64Array(components);
    for (let j = 0; j < components; j += 1) {
      heights[j] = Math.log(weights[j]) - 0.5 * logDeterminant(factors, j * d * d, d) - d / 2 * Math.log(2 * Math.PI);
    }
    let likelihood = 0;
    for (let i = 0; i < n; i += 1) {
      let top = -Infinity, total = 0;
      for (let j = 0; j < components; j += 1) {
        const most = weights[j] === 0 ? -1 : 2 * (heights[j] - top + FAR);
        joint[j] = heights[j] - 0.5 * squaredLength(points, i, means, j, factors, d, white, most);
        top = Math.max(top, joint[j]);
      }
      for (let j = 0; j < components; j += 1) total += joint[j] = Math.exp(Math.max(joint[j] - top, -2 * FAR));
      for (let j = 0; j < components; j += 1) belongs[j * n + i] = joint[j] / total;
      likelihood += top + Math.log(total);
    }
    return likelihood / n;
  }

  // New weights, means and factors, by how much each point belongs to each component.
  function maximise(model, points, n, belongs, floor) {
    const { components, d, weights, means, factors } = model;
    const apart = new Float64Array(d);
    for (let j = 0; j < components; j += 1) {
      let mass = 0;
      for (let i = 0; i < n; i += 1) mass += belongs[j * n + i];
      weights[j] = mass > Number.EPSILON * n ? mass / n : 0;
      // A component without points stays where it was.
      if (weights[j] === 0) continue;
      const mean = means.subarray(j * d, (j + 1) * d).fill(0);
      const factor = factors.subarray(j * d * d, (j + 1) * d * d).fill(0);
      for (let i = 0; i < n; i += 1) {
        const share = belongs[j * n + i] / mass;
        if (share > NOTHING) for (let k = 0; k < d; k += 1) mean[k] += share * points[i * d + k];
      }
      for (let i = 0; i < n; i += 1) {
        const share = belongs[j * n + i] / mass;
        if (share <= NOTHING) continue;
        for (let k = 0; k < d; k += 1) apart[k] = points[i * d + k] - mean[k];
        for (let k = 0; k < d; k += 1) {
          const scaled = share * apart[k];
          for (let l = 0; l <= k; l += 1) factor[k * d + l] += scaled * apart[l];
        }
      }
      for (let k = 0; k < d; k += 1) factor[k * d + k] += floor;
      factorise(factor, 0, d, floor);
    }
    const sum = weights.reduce((a, b) => a + b, 0);
    for (let j = 0; j < components; j += 1) weights[j] /= sum;
  }

  lab.mixture = {
    factorise,
    logDeterminant,
    squaredLength,

    fit(points, n, d, { components, floor, iterations, tolerance }, random) {
      const model = {
        components, d,
        weights: new Float64Array(components), means: new Float64Array(components * d),
        factors: new Float64Array(components * d * d),
      };
      const { seeds, nearest } = scatterSeeds(points, n, d, components, random);
      const belongs = new Float64Array(components * n);
      for (let i = 0; i < n; i += 1) belongs[nearest[i] * n + i] = 1;
      for (let j = 0; j < components; j += 1) {
        for (let k = 0; k < d; k += 1) {
          model.means[j * d + k] = points[seeds[j] * d + k];
          model.factors[(j * d + k) * d + k] = 1;
        }
      }
      maximise(model, points, n, belongs, floor);
      let before = -Infinity;
      for (let step = 0; step < iterations; step += 1) {
        const likelihood = expect(model, points, n, belongs);
        maximise(model, points, n, belongs, floor);
        if (Math.abs(likelihood - before) < tolerance) break;
        before = likelihood;
      }
      return model;
    },

    // n points that the model writes.
    write({ components, d, weights, means, factors }, n, random) {
      const points = new Float64Array(n * d), draws = new Float64Array(d);
      const last = weights.findLastIndex((weight) => weight > 0);
      for (let i = 0; i < n; i += 1) {
        let j = 0, left = random.uniform() - weights[0];
        while (left >= 0 && j < last) { j += 1; left -= weights[j]; }
        for (let k = 0; k < d; k += 1) draws[k] = random.normal();
        for (let k = 0; k < d; k += 1) {
          let sum = means[j * d + k];
          for (let l = 0; l <= k; l += 1) sum += factors[(j * d + k) * d + l] * draws[l];
          points[i * d + k] = sum;
        }
      }
      return points;
    },

    // ln|covariance| of the whole mixture: within the components plus between them.
    spread({ components, d, weights, means, factors }) {
      const whole = new Float64Array(d * d), centre = new Float64Array(d);
      for (let j = 0; j < components; j += 1) {
        for (let k = 0; k < d; k += 1) centre[k] += weights[j] * means[j * d + k];
      }
      for (let j = 0; j < components; j += 1) {
        for (let k = 0; k < d; k += 1) {
          for (let l = 0; l <= k; l += 1) {
            let sum = (means[j * d + k] - centre[k]) * (means[j * d + l] - centre[l]);
            for (let m = 0; m <= l; m += 1) sum += factors[(j * d + k) * d + m] * factors[(j * d + l) * d + m];
            whole[k * d + l] += weights[j] * sum;
          }
        }
      }
      factorise(whole, 0, d, 0);
      return logDeterminant(whole, 0, d);
    },
  };
}
