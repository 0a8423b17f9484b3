// Writers who read one pool of what people and all of them wrote: second moments exactly, and the loop itself.
// As kellet's Pool(reading="laws") with equal writers, a world of categories and a bank of real documents.
{
  const WORDS = 100, RARE = 60, BUDGET = 20;
  const CAUGHT = 0.9, WRONG = 0.05, VAULT = 1000, READ = 0.1;
  const WINDOWS = { newest: 1, window: 3, all: Infinity };

  // What stands behind the settings: the truth is Zipf's law of 100 words, of which 61 to 100 are called rare (10 % of
  // all that people write); a filter catches 90 % of models' text and takes 5 % of people's for it; of a vault of 1,000
  // old documents each writer reads as many as a tenth of what it reads.
  lab.web = { words: WORDS, rare: RARE, caught: CAUGHT, wrong: WRONG, vault: VAULT, read: READ };
  const weights = Array.from({ length: WORDS }, (_, i) => 1 / (i + 1));
  const total = weights.reduce((a, b) => a + b, 0);
  lab.web.truth = weights.map((weight) => weight / total);

  // How much the pool holds of the newest generations' model text, by age, and the share that each age has of what is
  // read in generation t >= 1: (ages,); people have the rest.  people: their share of all that is written in year 1.
  function shares({ writers, size, people, halving, pool, cure }, t) {
    const window = Math.min(WINDOWS[pool], t), models = writers * size;
    const ages = Array.from({ length: window }, (_, age) => age);
    const wrote = (year) => (year < 1 ? models
      : models * people / (1 - people) * (halving ? 2 ** (-(year - 1) / halving) : 1));
    let theirs = ages.reduce((sum, age) => sum + wrote(t - age), 0);
    // What people wrote before the first model is a batch as well, as long as it lies there.
    if (WINDOWS[pool] > t) theirs += wrote(0);
    const passes = cure === "filter" ? [1 - CAUGHT, 1 - WRONG] : [1, 1];
    const all = passes[0] * models * window + passes[1] * theirs;
    return ages.map(() => passes[0] * models / all);
  }

  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const vaultOf = ({ cure, size }) => (cure === "vault" ? Math.min(VAULT, lab.roundEven(READ * size)) : 0);

  // Expectations in years 0 to T: within, Simpson's diversity of a writer as a share of people's; together, that of all
  // writers' text; read, the share of model text in what is read of the pool.  Exact: kellet.theory.reading for
  // categories, where all writers are alike.  z: covariances of the writers' mean, of the batches and of the vault.
  lab.webLaw = function (settings) {
    const { writers, size, years, pool } = settings;
    // Of all that was ever written the mean is one batch.
    const k = vaultOf(settings), slots = pool === "all" ? 1 : WINDOWS[pool], vault = slots + 1;
    let z = Array.from({ length: vault + 1 }, () => new Float64Array(vault + 1));
    z[vault][vault] = 1 / VAULT;
    const within = [], together = [], read = [];
    for (let t = 0; t <= years; t += 1) {
      const found = t ? shares(settings, t) : [];
      if (t) {
        // The batches are a year older, and what the writers are now is the newest.
        const was = (i) => {
          if (i === 0 || i === vault) return [[i, 1]];
          return pool === "all" ? [[1, 1 - 1 / t], [0, 1 / t]] : [[i - 1, 1]];
        };
        const cross = (i, j) => sum(was(i).flatMap(([from, a]) => was(j).map(([to, b]) => a * b * z[from][to])));
        z = z.map((line, i) => line.map((_, j) => cross(i, j)));
      }
      const pooled = t ? size - k : 0, row = new Float64Array(vault + 1);
      found.forEach((share, age) => { row[Math.min(slots, 1 + age)] += share; });
      const apply = (one) => z.map((line) => sum(line.map((value, j) => value * one[j])));
      const ofPool = sum(apply(row).map((value, i) => value * row[i]));
      const noise = (pooled * (1 - ofPool) + k * (1 - k / VAULT) + (t ? 0 : size - k)) / size ** 2;
      row.forEach((share, i) => { row[i] = share * pooled / size; });
      row[vault] = k / size;
      const crossed = apply(row), common = sum(crossed.map((value, i) => value * row[i]));
      for (let i = 1; i <= vault; i += 1) z[i][0] = z[0][i] = crossed[i];
      z[0][0] = common + noise / writers;
      within.push(1 - common - noise);
      together.push(1 - z[0][0]);
      read.push(sum(found));
    }
    const fresh = sum(lab.web.truth.slice(RARE).map((p) => -Math.expm1(size * Math.log1p(-p))));
    return { within, together, read, zero: 1 - 1 / size, fresh };
  };

  // So many documents of a bank, without replacement: their counts are added.
  function borrow(bank, k, counts, random) {
    for (let i = 0; i < k; i += 1) {
      const j = i + Math.floor(random.uniform() * (bank.length - i));
      [bank[i], bank[j]] = [bank[j], bank[i]];
      counts[bank[i]] += 1;
    }
  }

  // One web: yields the counts of each writer in year 0, 1, ...
  function* weave(settings, random) {
    const { writers, size } = settings, { truth } = lab.web, k = vaultOf(settings), bank = [], batches = [];
    if (k) random.multinomial(VAULT, truth).forEach((count, word) => bank.push(...new Array(count).fill(word)));
    let mean = null;
    for (let t = 0; ; t += 1) {
      let law = truth;
      if (t) {
        batches.unshift(mean);
        const found = shares(settings, t), people = 1 - sum(found);
        const ofModels = (word) => found.reduce((all, share, age) => all + share * batches[age][word], 0);
        law = truth.map((p, word) => people * p + ofModels(word));
      }
      mean = new Float64Array(WORDS);
      const known = Array.from({ length: writers }, () => {
        const counts = Float64Array.from(random.multinomial(size - k, law));
        borrow(bank, k, counts, random);
        counts.forEach((count, word) => { mean[word] += count / (writers * size); });
        return counts;
      });
      yield known;
    }
  }

  const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  function spread(rows, count) {
    const years = rows.map((row) => Float64Array.from(row.subarray(0, count)).sort());
    return {
      low: years.map((row) => quantile(row, 0.05)), middle: years.map((row) => quantile(row, 0.5)),
      high: years.map((row) => quantile(row, 0.95)),
    };
  }

  // {done, one, any, story}.  done: replicates so far.  one, any: how many rare words one writer knows on average, and
  // how many any of them, in years 0 to T, as {low, middle, high} with the middle 90 %.  story: what the writers of
  // the first replicate know, by year, arrays (writers * 40,) of 0 and 1.  raw: where asked for, each replicate's own
  // numbers, and the writers' mean diversity.
  lab.jobs.web = function* (settings) {
    const { writers, size, years, replicates, seed } = settings, rare = WORDS - RARE, story = [];
    const rows = () => Array.from({ length: years + 1 }, () => new Float64Array(replicates));
    const one = rows(), any = rows(), diversity = rows();
    const people = 1 - sum(lab.web.truth.map((p) => p * p)), raw = settings.raw ? [one, any, diversity] : null;
    const whole = (done) => ({ done, one: spread(one, done), any: spread(any, done), story, raw });
    let since = performance.now();
    for (let i = 0; i < replicates; i += 1) {
      const loop = weave(settings, lab.random(seed, i));
      for (let t = 0; t <= years; t += 1) {
        const known = loop.next().value, seen = new Uint8Array(rare), picture = new Uint8Array(writers * rare);
        known.forEach((counts, writer) => {
          for (let word = 0; word < rare; word += 1) {
            if (counts[RARE + word]) seen[word] = picture[writer * rare + word] = 1;
          }
          if (raw) diversity[t][i] += (1 - sum(counts.map((count) => (count / size) ** 2))) / people / writers;
        });
        one[t][i] = sum(picture) / writers;
        any[t][i] = sum(seen);
        if (i === 0) story.push(picture);
      }
      if (i + 1 < replicates && performance.now() - since > BUDGET) {
        yield whole(i + 1);
        since = performance.now();
      }
    }
    return whole(replicates);
  };
}
