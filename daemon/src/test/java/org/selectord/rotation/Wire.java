package org.selectord.rotation;

/** What every call of a simulated daemon over a port goes through. */
interface Wire {
    Wire PLAIN = new Wire() {
        @Override
        public <P> P between(Class<P> port, P behind) {
            return behind;
        }
    };

    /** The port as the daemon has it, asked for anew by each life of the daemon. */
    <P> P between(Class<P> port, P behind);
}
