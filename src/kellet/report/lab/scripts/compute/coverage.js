// The real draws that a generation's points descend from, as kellet.theory.coverage has them: a loop knows the
// categories that one real sample of that size shows (Ewens, Theoretical Population Biology 3:87, 1972).
{
  const STEPS = 1000;

  // How many ancestors so many points have one generation back, but those that are real.
  function parents(heirs, n, share) {
    const written = (1 - share) * heirs;
    return written > 1 ? -n * Math.expm1(Math.log1p(-1 / Math.max(n, 2)) * written) : written;
  }

  // {anchored, first}: independent real draws behind the n points of a fit, those of k fresh real points in every
  // generation and those of the first fit.
  function draws(n, k, fit) {
    const share = k / n, back = Math.max(fit - 1, 0), early = Math.min(back, STEPS);
    let anchored = 0, first = n;
    for (let s = 0; s < early; s++) {
      anchored += share * first;
      first = parents(first, n, share);
    }
    const more = back - early;
    if (more > 0) {
      // Where nothing is real the last ancestor stays.
      const gone = share || -1 / (2 * n), left = Math.exp(gone * more);
      if (k) anchored += 2 * k * Math.log1p(first / (2 * n) * (-Math.expm1(-gone * more) / gone));
      first = first / (left + first / (2 * n) * (left - 1) / gone);
    }
    return { anchored, first };
  }

  // The same once the loop has settled, which is about 2k ln(1 + n / 2k).
  function settled(n, k) {
    const share = k / n;
    let ancestors = n, total = 0;
    for (let s = 0; s < STEPS; s++) {
      total += share * ancestors;
      ancestors = parents(ancestors, n, share);
    }
    const several = Math.max(ancestors, 1);
    const rest = 2 * k * Math.log1p((several - 1) / Math.max(2 * k, 1e-300)) + Math.min(ancestors, 1);
    return total + rest + share * ancestors / 2;
  }

  // Chance that so many real draws, made from a bank of so many points if there is one, show a category of
  // probability p; count: of the bank's points each generation has, all where the bank is fixed.
  function show(draws, p, bank = null, count = 0) {
    if (bank === null) return -Math.expm1(draws * Math.log1p(-p));
    const seen = bank === count ? p : -p * Math.expm1(-draws / bank);
    return -Math.expm1(bank * Math.log1p(-seen));
  }

  // Chance that a category of probability p is in the data of a fit, or, for ever, in the end.  bank: how many real
  // points there are, null where they are always fresh ones, k where they are the same.
  function survive(n, k, bank, p, fit) {
    if (!k) return fit === Infinity ? p : Math.max(p, show(draws(n, 0, fit).first, p));
    const kept = show(bank === k ? k : settled(n, k), p, bank, k);
    if (fit === Infinity) return kept;
    const found = draws(n, k, fit), fixed = bank === k;
    const there = fixed ? kept : Math.min(show(found.anchored, p, bank, k), kept);
    return 1 - (1 - there) * (1 - show(fixed ? (1 - k / n) * found.first : found.first, p));
  }

  lab.coverage = { parents, draws, settled, show, survive };
}
