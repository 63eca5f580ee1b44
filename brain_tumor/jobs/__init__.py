"""Training runs as seen from outside: started, queued, watched, steered, kept.

    runs, run_queue     all runs of a folder: what may be done with them, and in which order
    launcher, process   where trainers run, and which process works on a folder
    run_folder          the contract between a trainer and its watchers: layout, status,
                        run_reader, run_writer, metrics_file, tensorboard_writer
    thinning, compare   a run as curves, and runs beside each other
    tasks, results      audit and preview before a run; bundle, evaluation, service after it
    devices, estimate   what the machine offers, and how long a run would take on it
    policy              who may start and steer

Nothing here imports the app or a training framework.
"""
