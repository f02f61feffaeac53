package org.selectord.admin;

import java.util.List;

/** Reads the configuration again. */
@FunctionalInterface
public interface Reload {
    /** Every problem found; then nothing was changed. None: the new configuration holds. */
    List<String> reload();
}
