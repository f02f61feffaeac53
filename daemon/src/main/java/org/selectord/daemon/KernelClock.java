package org.selectord.daemon;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the kernel says of its clock: adjtimex(2), asked without changing anything. */
final class KernelClock {
    private static final Logger LOG = LoggerFactory.getLogger(KernelClock.class);
    private static final int TIMEX_BYTES = 208; // struct timex on every 64-bit Linux; zeroes: modes = 0, a question
    private static final int TIME_ERROR = 5; // "the system clock is not synchronized to a reliable server"

    /** The one function of the C library that is needed. */
    interface LibC extends Library {
        int adjtimex(Memory timex);
    }

    private KernelClock() {}

    /** Whether NTP keeps it; false also where the kernel cannot be asked. */
    static boolean isSynchronised() {
        try (Memory timex = new Memory(TIMEX_BYTES)) {
            timex.clear();
            int state = Native.load("c", LibC.class).adjtimex(timex);
            return state >= 0 && state != TIME_ERROR;
        } catch (LinkageError e) { // the second time it is another one
            LOG.warn("the kernel cannot be asked whether its clock is synchronised: {}", e.getMessage());
            return false;
        }
    }
}
