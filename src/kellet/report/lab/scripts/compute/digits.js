// The loop of `kellet run digits`: models of handwritten digits that learn from what the model before them wrote, with
// nothing real and with some real pictures, and the reader that says which digits are still written.
{
  const STEPS = { floor: 0.02, iterations: 2, tolerance: 0.01 };
  const JUDGED = 300, SHOWN = 36, PIXELS = 64, DIGITS = 10, SHRINKAGE = 0.05, SLICE = 20;

  const unpack = (text) => Int8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const scale = (steps, d, units) => Float64Array.from(steps, (step, i) => step * units[i % d]);

  // The real pictures as points of d numbers, and the reader that has learnt them; made when first asked for.
  let world = null;
  function openWorld() {
    if (world) return world;
    const { dims: d, scales, turn, doubt } = lab.realDigits;
    const training = scale(unpack(lab.realDigits.training), d, scales);
    world = {
      d, training, doubt,
      reserve: scale(unpack(lab.realDigits.reserve), d, scales),
      components: scale(unpack(lab.realDigits.components), 1, [turn]),
      classes: learnClasses(training, Array.from(lab.realDigits.labels, Number), d),
    };
    return world;
  }

  // Quadratic discriminants, as kellet.data.classes.Classes learns them: a mean and a factor for each digit, with the
  // covariance shrunk towards its own scale.
  function learnClasses(points, labels, d) {
    return Array.from({ length: DIGITS }, (_, digit) => {
      const own = labels.flatMap((label, i) => (label === digit ? [i] : []));
      const mean = new Float64Array(d), factor = new Float64Array(d * d);
      for (const i of own) for (let k = 0; k < d; k += 1) mean[k] += points[i * d + k] / own.length;
      for (const i of own) {
        for (let k = 0; k < d; k += 1) {
          for (let l = 0; l <= k; l += 1) {
            factor[k * d + l] += (points[i * d + k] - mean[k]) * (points[i * d + l] - mean[l]) / own.length;
          }
        }
      }
      let trace = 0;
      for (let k = 0; k < d; k += 1) trace += factor[k * d + k];
      for (let i = 0; i < d * d; i += 1) factor[i] *= 1 - SHRINKAGE;
      for (let k = 0; k < d; k += 1) factor[k * d + k] += SHRINKAGE * trace / d;
      lab.mixture.factorise(factor, 0, d, 0);
      const height = Math.log(own.length / labels.length) - 0.5 * lab.mixture.logDeterminant(factor, 0, d);
      return { mean, factor, height };
    });
  }

  // The digit that each of n points shows, -1 where it is unreadable.
  function read(points, n) {
    const { d, classes, doubt } = openWorld(), white = new Float64Array(d), found = new Int8Array(n);
    for (let i = 0; i < n; i += 1) {
      // What no digit explains better than the doubt stays unreadable.
      let best = doubt;
      found[i] = -1;
      for (let c = 0; c < DIGITS; c += 1) {
        const { mean, factor, height } = classes[c];
        const most = 2 * (height - best);
        const score = height - 0.5 * lab.mixture.squaredLength(points, i, mean, 0, factor, d, white, most);
        if (score > best) {
          best = score;
          found[i] = c;
        }
      }
    }
    return found;
  }

  // The first of the points as grey pictures (64 bytes each): 0 is paper, 255 is ink.
  function draw(points, count) {
    const { d, components } = openWorld(), { mean } = lab.realDigits;
    const pictures = new Uint8ClampedArray(count * PIXELS);
    for (let i = 0; i < count; i += 1) {
      for (let p = 0; p < PIXELS; p += 1) {
        let ink = mean[p];
        for (let k = 0; k < d; k += 1) ink += points[i * d + k] * components[k * PIXELS + p];
        pictures[i * PIXELS + p] = ink / 16 * 255;
      }
    }
    return pictures;
  }

  // `count` of the bank's points without repetition, into `into` from its point `at` on.
  function take(bank, count, d, random, into, at) {
    const order = Int32Array.from({ length: bank.length / d }, (_, i) => i);
    for (let i = 0; i < count; i += 1) {
      const j = i + Math.min(Math.floor(random.uniform() * (order.length - i)), order.length - i - 1);
      [order[i], order[j]] = [order[j], order[i]];
      into.set(bank.subarray(order[i] * d, (order[i] + 1) * d), (at + i) * d);
    }
  }

  // As many pictures as Kellet makes of a share: the nearest number, of two as near the even one.
  function count({ size, share }) {
    const exact = share / 100 * size, low = Math.floor(exact);
    return exact - low === 0.5 ? low + low % 2 : Math.round(exact);
  }

  // How model of generation t fares: digits written (a digit is, with a tenth of its real share), counts of each, its
  // spread against the real one in each direction, and some of its pictures.
  function look(model, random, shown) {
    const points = lab.mixture.write(model, JUDGED, random), counts = new Uint16Array(DIGITS);
    for (const digit of read(points, JUDGED)) if (digit >= 0) counts[digit] += 1;
    const spread = Math.exp((lab.mixture.spread(model) - lab.realDigits.spread) / model.d);
    return { counts, spread, pictures: shown ? draw(points, SHOWN) : null };
  }

  const isWritten = (count, digit) => count > 0 && count / JUDGED >= 0.1 * lab.realDigits.shares[digit];

  // One replicate of both loops, a generation at a time: [look at the loop without real pictures, at that with some].
  function* generations(settings, replicate) {
    const { d, training, reserve } = openWorld(), n = settings.size;
    const fit = { ...STEPS, components: settings.components };
    const real = [0, count(settings)];
    const first = lab.random(settings.seed, replicate, 0), points = new Float64Array(n * d);
    take(training, n, d, first, points, 0);
    // Both loops start from the same model.
    const start = lab.mixture.fit(points, n, d, fit, first), seen = look(start, first, replicate === 0);
    const models = [start, start], randoms = [1, 2].map((arm) => lab.random(settings.seed, replicate, arm));
    yield [seen, seen];
    for (let t = 1; t <= settings.generations; t += 1) {
      yield models.map((model, arm) => {
        const random = randoms[arm];
        points.set(lab.mixture.write(model, n - real[arm], random));
        take(reserve, real[arm], d, random, points, n - real[arm]);
        models[arm] = lab.mixture.fit(points, n, d, fit, random);
        return look(models[arm], random, replicate === 0);
      });
    }
  }

  const trim = (replicates) => Math.floor(0.1 * replicates);

  // Median, and the ends of what lies between the lowest and the highest tenth, of (replicates x times).
  function summarise(rows, times) {
    const found = { low: new Float64Array(times), middle: new Float64Array(times), high: new Float64Array(times) };
    const last = rows.length - 1, trimmed = trim(rows.length);
    for (let t = 0; t < times; t += 1) {
      const sorted = rows.map((row) => row[t]).sort((a, b) => a - b);
      found.low[t] = sorted[trimmed];
      found.middle[t] = (sorted[Math.floor(last / 2)] + sorted[Math.ceil(last / 2)]) / 2;
      found.high[t] = sorted[last - trimmed];
    }
    return found;
  }

  lab.digits = {
    judged: JUDGED, shown: SHOWN, family: STEPS, openWorld, read, draw, count, isWritten,
    // Which share of real pictures is unreadable.
    doubted: 1 - lab.realDigits.fresh.reduce((sum, share) => sum + share, 0),
  };

  // { replicates: how many are done, trimmed: how many lie below (and above) a band, arms: [{ looks: of replicate 0,
  // by generation, written, spread: low, middle and high by generation, over the replicates that are done }] }: first
  // nothing real, then with some.
  lab.jobs.digits = function* (settings) {
    const arms = [0, 1].map(() => ({ looks: [], written: [], spread: [] }));
    const tell = (replicates) => ({
      replicates,
      trimmed: trim(replicates),
      arms: arms.map(({ looks, written, spread }) => ({
        looks: looks.slice(),
        written: summarise(replicates ? written.slice(0, replicates) : written, looks.length),
        spread: summarise(replicates ? spread.slice(0, replicates) : spread, looks.length),
      })),
    });
    let since = performance.now();
    for (let replicate = 0; replicate < settings.replicates; replicate += 1) {
      for (const arm of arms) {
        arm.written.push([]);
        arm.spread.push([]);
      }
      for (const looks of generations(settings, replicate)) {
        looks.forEach((seen, a) => {
          const written = seen.counts.reduce((sum, count, digit) => sum + isWritten(count, digit), 0);
          arms[a].written[replicate].push(written);
          arms[a].spread[replicate].push(seen.spread);
          if (replicate === 0) arms[a].looks.push(seen);
        });
        if (performance.now() - since > SLICE) {
          yield tell(replicate);
          since = performance.now();
        }
      }
    }
    return tell(settings.replicates);
  };
}
