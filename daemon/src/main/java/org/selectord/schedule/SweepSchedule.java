package org.selectord.schedule;

import java.time.Instant;
import java.util.Date;
import java.util.Properties;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
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
    private static final JobKey HOUSEKEEPING = new JobKey("housekeeping");
    private static final TriggerKey NEXT_DUE = new TriggerKey("next due");
    private static final int HOUSEKEEPING_SECONDS = 60;

    private final Scheduler scheduler;

    /**
     * A stopped schedule that will run both on a thread of its own.
     *
     * @param wake wakes the sweep and returns at once
     * @param housekeeping every minute; what it throws is logged, and the next minute comes
     */
    public SweepSchedule(Runnable wake, Runnable housekeeping) throws SchedulerException {
        Properties properties = new Properties();
        properties.setProperty("org.quartz.scheduler.instanceName", "selectord-" + System.identityHashCode(this));
        properties.setProperty("org.quartz.scheduler.skipUpdateCheck", "true");
        properties.setProperty("org.quartz.jobStore.class", "org.quartz.simpl.RAMJobStore");
        properties.setProperty("org.quartz.threadPool.class", "org.quartz.simpl.SimpleThreadPool");
        properties.setProperty("org.quartz.threadPool.threadCount", "1");
        properties.setProperty("org.quartz.threadPool.makeThreadsDaemons", "true");
        properties.setProperty("org.quartz.scheduler.makeSchedulerThreadDaemon", "true");
        scheduler = new StdSchedulerFactory(properties).getScheduler();
        scheduler.setJobFactory((TriggerFiredBundle bundle, Scheduler of) ->
                new Run(bundle.getJobDetail().getKey().equals(WAKE) ? wake : housekeeping));
    }

    /** Begins to wake: at once, every minute, and when {@link #wakeAt} says. */
    public void start() throws SchedulerException {
        everyMinute(WAKE);
        everyMinute(HOUSEKEEPING);
        scheduler.start();
    }

    private void everyMinute(JobKey key) throws SchedulerException {
        JobDetail job =
                JobBuilder.newJob(Run.class).withIdentity(key).storeDurably().build();
        Trigger trigger = TriggerBuilder.newTrigger()
                .forJob(key)
                .withSchedule(SimpleScheduleBuilder.repeatSecondlyForever(HOUSEKEEPING_SECONDS)
                        .withMisfireHandlingInstructionNextWithRemainingCount())
                .build();
        scheduler.addJob(job, true);
        scheduler.scheduleJob(trigger);
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
        scheduler.shutdown(false);
    }

    /** Runs one of the two. */
    static final class Run implements Job {
        private final Runnable what;

        Run(Runnable what) {
            this.what = what;
        }

        @Override
        public void execute(JobExecutionContext context) {
            try {
                what.run();
            } catch (RuntimeException e) {
                LOG.error(
                        "{} failed, and is tried again: {}",
                        context.getJobDetail().getKey().getName(),
                        e.getMessage());
            }
        }
    }
}
