package org.selectord.rotation;

/** What one port call came to for one task. */
public sealed interface Outcome {
    /** Seen, not assumed. */
    record Done(Finding finding) implements Outcome {}

    /** Certainly nothing changed: the intent closes, and the step is tried again. */
    record NotYet(Pace pace, Reason waitingFor) implements Outcome {}

    /** Neither success nor failure: the intent stays open and is looked at. A crash looks the same. */
    record Unknown(String cameBack) implements Outcome {}

    /** A person has to act. */
    record Halted(HaltReason reason, String found) implements Outcome {}
}
