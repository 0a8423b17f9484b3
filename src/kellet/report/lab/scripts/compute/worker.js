// What a Worker does with this text: it runs one job after another, says what there is so far, and drops what is stale.
{
  const inWorker = typeof document === "undefined";
  let newest = 0;
  const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

  async function work({ id, name, settings }) {
    newest = id;
    try {
      const job = lab.jobs[name](settings);
      for (;;) {
        const { value, done } = job.next();
        if (id !== newest) return;
        postMessage({ id, value, done });
        if (done) return;
        await pause();
      }
    } catch (error) {
      postMessage({ id, error: String(error && error.message || error), done: true });
    }
  }

  if (inWorker) onmessage = (message) => { work(message.data); };
}
