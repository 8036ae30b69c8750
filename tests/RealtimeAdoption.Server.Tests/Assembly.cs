// Each test runs servers of its own on two cores: one at a time tells more than all at once.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
