// Asks for jobs: in a Worker, or in slices on the page where there are none.
{
  const COMPUTE = document.currentScript.previousElementSibling.textContent;

  function startWorker() {
    try {
      const worker = new Worker(URL.createObjectURL(new Blob([COMPUTE], { type: "text/javascript" })));
      return worker;
    } catch {
      return null;
    }
  }

  const lines = new Set();
  // Whether anything is still being computed.
  lab.busy = () => Boolean(lab.unsaved) || [...lines].some((line) => line.busy());

  // One line of work: a new request makes the one before stale.
  lab.line = function () {
    let worker = lab.withoutWorkers ? null : startWorker();
    let newest = 0, waiting = null;

    function slice(job, id, tell) {
      if (id !== newest) return;
      let step;
      try {
        step = job.next();
      } catch (error) {
        tell({ error: String(error.message), done: true });
        return;
      }
      tell({ value: step.value, done: step.done });
      if (!step.done) setTimeout(() => slice(job, id, tell), 0);
    }

    // What is asked for is told to whoever asked, until something else is.
    const listen = (tell) => (step) => {
      if (step.done) waiting = null;
      tell(step);
    };

    function here(name, settings, id, tell) {
      setTimeout(() => slice(lab.jobs[name](settings), id, tell), 0);
    }

    if (worker) {
      worker.onmessage = ({ data }) => { if (data.id === newest && waiting) waiting.tell(data); };
      // Some browsers refuse a Worker only when it is to start: then the page does its work.
      worker.onerror = () => {
        worker.terminate();
        worker = null;
        if (waiting) here(waiting.name, waiting.settings, newest, waiting.tell);
      };
    }

    const line = {
      busy: () => waiting !== null,
      ask(name, settings, tell) {
        newest += 1;
        waiting = { name, settings, tell: listen(tell) };
        if (worker) worker.postMessage({ id: newest, name, settings });
        else here(name, settings, newest, waiting.tell);
      },
      drop() {
        newest += 1;
        waiting = null;
        if (worker) worker.postMessage({ id: newest, name: "nothing", settings: {} });
      },
    };
    lines.add(line);
    return line;
  };

}
