package org.selectord.rotation;

import java.util.List;

/** Makes the one port call that a verb stands for, for all tasks of a lane that carry it. Blocks; holds no lock; never throws for what a peer did. */
public interface Worker {
    /** One outcome a task, in the order of the tasks. */
    List<Outcome> perform(List<Task> oneLane);
}
