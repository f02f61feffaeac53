package org.selectord.schedule;

import java.time.Instant;
import java.util.Date;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.spi.TriggerFiredBundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock of the daemon: one trigger wakes the sweep at the registry's next due time, another looks every minute whether anything was missed. It
 * remembers nothing over a restart and decides nothing; a wake too many changes nothing.
 */
public final class SweepSchedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SweepSchedule.class);
    private static final JobKey WAKE = new JobKey("wake the sweep");
    private static final TriggerKey NEXT_DUE = new TriggerKey("next due");
    private static final int STEADY_SECONDS = 60;

    private final Scheduler scheduler;
    private final ScheduledExecutorService steady;
    private final Runnable wake;
    private final Runnable housekeeping;

    /**
     * A stopped schedule that will run both on threads of its own.
     *
     * @param wake wakes the sweep and returns at once
     * @param housekeeping every minute; what it throws is logged, and the next minute comes
     */
    public SweepSchedule(Runnable wake, Runnable housekeeping) throws SchedulerException {
        this.wake = wake;
        this.housekeeping = housekeeping;
        Properties properties = new Properties();
        properties.setProperty("org.quartz.scheduler.instanceName", "selectord-" + System.identityHashCode(this));
        properties.setProperty("org.quartz.scheduler.skipUpdateCheck", "true");
        properties.setProperty("org.quartz.jobStore.class", "org.quartz.simpl.RAMJobStore");
        properties.setProperty("org.quartz.threadPool.class", "org.quartz.simpl.SimpleThreadPool");
        properties.setProperty("org.quartz.threadPool.threadCount", "1");
        properties.setProperty("org.quartz.threadPool.makeThreadsDaemons", "true");
        properties.setProperty("org.quartz.scheduler.makeSchedulerThreadDaemon", "true");
        scheduler = new StdSchedulerFactory(properties).getScheduler();
        scheduler.setJobFactory((TriggerFiredBundle bundle, Scheduler of) -> new Wake(wake));
        steady = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "selectord-steady");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to wake: at once, then every minute, and when {@link #wakeAt} says. */
    public void start() throws SchedulerException {
        scheduler.addJob(
                JobBuilder.newJob(Wake.class).withIdentity(WAKE).storeDurably().build(), true);
        scheduler.start();
        everyMinute("the wake of the sweep", wake);
        everyMinute("housekeeping", housekeeping);
    }

    /** On the monotonic clock: a wall clock that is put back a day would hold a trigger for a day. */
    private void everyMinute(String name, Runnable what) {
        ScheduledFuture<?> unused =
                steady.scheduleWithFixedDelay(() -> run(name, what), 0, STEADY_SECONDS, TimeUnit.SECONDS);
    }

    private static void run(String name, Runnable what) {
        try {
            what.run();
        } catch (RuntimeException e) {
            LOG.error("{} failed, and is tried again: {}", name, e.getMessage());
        }
    }

    /** Wakes at this time instead of the one said before. */
    public void wakeAt(Instant dueAt) {
        Trigger trigger = TriggerBuilder.newTrigger()
                .forJob(WAKE)
                .withIdentity(NEXT_DUE)
                .startAt(Date.from(dueAt))
                .withSchedule(SimpleScheduleBuilder.simpleSchedule().withMisfireHandlingInstructionFireNow())
                .build();
        try {
            if (scheduler.rescheduleJob(NEXT_DUE, trigger) == null) {
                scheduler.scheduleJob(trigger);
            }
        } catch (SchedulerException e) {
            LOG.warn(
                    "the next wake at {} could not be set; the one of every minute stands in: {}",
                    dueAt,
                    e.getMessage());
        }
    }

    @Override
    public void close() throws SchedulerException {
        steady.shutdownNow();
        scheduler.shutdown(false);
    }

    /** The wake at the next due time. */
    static final class Wake implements Job {
        private final Runnable wake;

        Wake(Runnable wake) {
            this.wake = wake;
        }

        @Override
        public void execute(JobExecutionContext context) {
            run("the wake of the sweep", wake);
        }
    }
}
