package org.selectord.proof;

/** What a signer did with a message it was shown. */
public sealed interface ProbeAnswer {
    /**
     * It would let the message go.
     *
     * @param message with everything the signer changed, so with its signatures
     */
    record Passed(MailMessage message) implements ProbeAnswer {}

    /** Definite: it looked at the message and refused it, as it would refuse the domain's mail. */
    record Refused(String how) implements ProbeAnswer {}

    /** Says nothing about the domain's mail: not reached, silent, cut, not a milter, or it turned the client away before it saw the message. */
    record NoAnswer(String cameBack) implements ProbeAnswer {}
}
