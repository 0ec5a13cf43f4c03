// Keeps the page up to date; what a person has opened stays open.
const live = document.getElementById('live');
let shown = live.innerHTML;

async function refresh() {
  const address = new URL(location.href);
  address.searchParams.set('part', 'live');
  try {
    const answer = await fetch(address);
    const fresh = await answer.text();
    document.body.classList.toggle('lost', !answer.ok);
    if (answer.ok && fresh !== shown) {
      const open = new Set([...live.querySelectorAll('details[open]')].map((each) => each.id));
      const scrolled = live.querySelector('.traffic')?.scrollTop ?? 0;
      live.innerHTML = shown = fresh;
      for (const id of open) document.getElementById(id)?.setAttribute('open', '');
      const traffic = live.querySelector('.traffic');
      if (traffic) traffic.scrollTop = scrolled;
    }
  } catch {
    document.body.classList.add('lost');
  }
  setTimeout(refresh, 1500);
}

setTimeout(refresh, 1500);
