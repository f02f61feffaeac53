package org.selectord.dnsupdate.dnsjava;

import java.util.concurrent.TimeUnit;

/** Waiting a moment before looking again. */
final class Pause {
    private Pause() {}

    /** Not beyond the deadline. Whether it was waited for; an interrupt ends it, and is kept. */
    static boolean atMost(int millis, Deadline deadline) {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.min(millis, deadline.remainingMillis()));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
