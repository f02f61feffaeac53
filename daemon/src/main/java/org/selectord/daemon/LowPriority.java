package org.selectord.daemon;

import com.sun.jna.Library;
import com.sun.jna.Native;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lowest priority that the kernel has, for the calling thread only: setpriority(2). Java's own priorities do nothing on Linux. */
final class LowPriority {
    private static final Logger LOG = LoggerFactory.getLogger(LowPriority.class);
    private static final int PRIO_PROCESS = 0;
    private static final int CALLING_THREAD = 0; // in Linux, although POSIX says process
    private static final int LOWEST = 19;

    /** The one function of the C library that is needed. */
    interface LibC extends Library {
        int setpriority(int which, int who, int priority);
    }

    private LowPriority() {}

    /** For good. Where the kernel does not do it the thread works on as the others do. */
    static void ofThisThread() {
        try {
            Native.load("c", LibC.class).setpriority(PRIO_PROCESS, CALLING_THREAD, LOWEST);
        } catch (LinkageError e) { // the second time it is another one
            LOG.warn("spare keys are made at the priority of everything else: {}", e.getMessage());
        }
    }
}
