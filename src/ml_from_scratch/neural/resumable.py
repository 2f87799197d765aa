"""What a run of training remembers when it is interrupted, so that it can go on bit for bit.

Weights and buffers, the optimiser with its schedule, every generator, the place in the epoch and the order of
its samples, gradients that wait for more batches, metrics, the history, and the callbacks' own states: all in
arrays and plain values, for a checkpoint.
"""

from __future__ import annotations

from .generators import generators, set_generators


class Resumable:
    """The half of Training that goes to a checkpoint and comes back."""

    def state_dict(self) -> dict:
        """Return all that is needed to go on bit for bit, in arrays and plain values."""
        states = [(callback, callback.state_dict()) for callback in self.callbacks]
        return {
            "progress": {
                "first_epoch": self.first_epoch,
                "epoch": self.epoch,
                "batch": self.batch,
                "n_steps": self.n_steps,
                "stop": self.stop,
                "totals": {name: list(pair) for name, pair in self._totals.items()},
            },
            "setting": self._setting(),
            "order": self._order_state,
            "rng": self.rng.bit_generator.state,
            "module": self.module.state_dict(),
            "generators": {
                name: rng.bit_generator.state for name, rng in generators(self.module).items()
            },
            "optimizer": self.optimizer.state_dict(),
            "added": self.gradient_step.state_dict(),
            "metrics": {name: metric.state_dict() for name, metric in self.metrics.items()},
            "history": self.history.state_dict(),
            "callbacks": [
                {"kind": type(callback).__name__, "state": state}
                for callback, state in states
                if state is not None
            ],
        }

    def load_state_dict(self, state: dict) -> None:
        """Go back to where ``state_dict`` was called, in a run that was set up in the same way.

        Raises
        ------
        ValueError
            If data, batches, callbacks or the module are others than those of the saved run.
        """
        self._check_setting(state)
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        set_generators(self.module, state["generators"])
        self._order_state = state["order"]
        self.rng.bit_generator.state = state["rng"]
        self.gradient_step.load_state_dict(state["added"])
        for name, metric in self.metrics.items():
            metric.load_state_dict(state["metrics"][name])
        self.history.load_state_dict(state["history"])
        progress = dict(state["progress"])
        self._totals = {name: tuple(pair) for name, pair in progress.pop("totals").items()}
        vars(self).update(progress)
        for callback, saved in zip(self._with_state(), state["callbacks"]):
            callback.load_state_dict(saved["state"])

    def _setting(self) -> dict:
        names = ("n_samples", "batch_size", "shuffle", "drop_last", "accumulate")
        return {name: getattr(self, name) for name in names}

    def _with_state(self) -> list:
        return [callback for callback in self.callbacks if callback.state_dict() is not None]

    def _check_setting(self, state):
        pairs = [(name, state["setting"].get(name), own) for name, own in self._setting().items()]
        kinds = [type(callback).__name__ for callback in self._with_state()]
        pairs.append(("callbacks", [saved["kind"] for saved in state["callbacks"]], kinds))
        pairs.append(("metrics", sorted(state.get("metrics", {})), sorted(self.metrics)))
        for name, saved, own in pairs:
            if saved != own:
                raise ValueError(
                    f"the saved run had {name} = {saved}, this one has {own}: resuming needs the same "
                    "data, settings and callbacks."
                )
