// A tab that trains frame after frame while it is shown and plays. Who extends it has `frame(steps)` and what that needs: `busy`, `info`, `ended`.

class Player {
  constructor(tab, button, word) {
    this.player = { tab, button, word };
    this.playing = false;
    this.busy = false;
    button.onclick = () => this.play(!this.playing);
  }

  // Steps of a frame; more than time allows are cut short.
  get steps() { return 1e6; }

  play(on) {
    const { button, word } = this.player;
    this.playing = on;
    button.setAttribute('aria-pressed', String(on));
    button.querySelector('span').textContent = on ? 'Pause' : word;
    if (on) this.loop();
  }

  loop() {
    if (this.looping) return;
    this.looping = true;
    const next = () => {
      if (!this.playing || document.body.dataset.tab !== this.player.tab) { this.looping = false; return; }
      if (!this.busy && this.info && !this.ended) this.frame(this.steps);
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }
}
