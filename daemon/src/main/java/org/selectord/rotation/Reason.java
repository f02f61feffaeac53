package org.selectord.rotation;

import java.util.function.Supplier;

/**
 * Why a step is due when it is, or what it waits for, in words an operator understands, with the numbers. Of many plans few are ever shown: the words are
 * put together only when somebody reads them.
 */
public final class Reason {
    private final Supplier<String> words;

    /** @param text a sentence without a full stop */
    public Reason(String text) {
        this(() -> text);
    }

    /** @param words the same sentence whenever it is asked for: made of nothing that changes */
    public Reason(Supplier<String> words) {
        this.words = words;
    }

    public String text() {
        return words.get();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Reason reason && text().equals(reason.text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }

    @Override
    public String toString() {
        return text();
    }
}
