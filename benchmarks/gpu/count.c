/* Counts what a process asks of CUDA's driver, by name: kernel launches, copies, synchronisations.
 *
 * The driver loads this library into any process that has CUDA_INJECTION64_PATH=.../count.so and calls InitializeInjection. CUPTI then reports
 * every call of the driver API, whichever library made it. Counts go to the file named by ADVSEG_COUNTS when the process ends.
 * The few declarations of CUPTI that are needed stand here, because its headers are not everywhere; the library is looked for by name.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES 4096
static struct { const char *name; long count; } counts[NAMES];

/* CUpti_CallbackData begins so. */
struct data { int site; const char *function; };

static void called(void *user, int domain, uint32_t id, const struct data *data)
{
    (void)user; (void)domain;
    if (data->site != 0 || id >= NAMES) { return; }
    if (counts[id].name == NULL) { counts[id].name = data->function; }
    __atomic_add_fetch(&counts[id].count, 1, __ATOMIC_RELAXED);
}

static void write_counts(void)
{
    const char *path = getenv("ADVSEG_COUNTS");
    FILE *out = path ? fopen(path, "w") : NULL;
    if (out == NULL) { return; }
    for (int i = 0; i < NAMES; i++) {
        if (counts[i].name != NULL) { fprintf(out, "%s %ld\n", counts[i].name, counts[i].count); }
    }
    fclose(out);
}

int InitializeInjection(void)
{
    const char *names[] = { getenv("ADVSEG_CUPTI"), "libcupti.so", "libcupti.so.13", "libcupti.so.12", "/usr/local/cuda/lib64/libcupti.so" };
    void *cupti = NULL;
    for (unsigned i = 0; i < sizeof names / sizeof *names && cupti == NULL; i++) {
        cupti = names[i] ? dlopen(names[i], RTLD_NOW | RTLD_GLOBAL) : NULL;
    }
    if (cupti == NULL) { return 0; }
    int (*subscribe)(void **, void *, void *) = (int (*)(void **, void *, void *))dlsym(cupti, "cuptiSubscribe");
    int (*enable)(uint32_t, void *, int) = (int (*)(uint32_t, void *, int))dlsym(cupti, "cuptiEnableDomain");
    void *subscriber = NULL;
    const int driver_api = 1;
    if (subscribe == NULL || enable == NULL || subscribe(&subscriber, (void *)called, NULL) != 0) { return 0; }
    atexit(write_counts);
    return enable(1, subscriber, driver_api) == 0;
}
