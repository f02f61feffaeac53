package org.selectord.rotation;

/**
 * Why a step is due when it is, or what it waits for, in words an operator understands, with the numbers.
 *
 * @param text a sentence without a full stop
 */
public record Reason(String text) {
    @Override
    public String toString() {
        return text;
    }
}
