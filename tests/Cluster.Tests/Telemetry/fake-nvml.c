/* A stand-in for NVIDIA's management library with one GPU, for tests: the functions that src/Silo/Telemetry/Gpu asks, as nvml.h has them. */
#include <stddef.h>

typedef void *device_t;
typedef struct { unsigned long long total, free, used; } memory_t;
typedef struct { unsigned int gpu, memory; } rates_t;
typedef struct { device_t device; unsigned long long type, data; unsigned int gpu_instance, compute_instance; } event_t;

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, TIMEOUT = 10 };
static int card, events, listening;
static const unsigned long long xids[] = { 31, 79 };
static size_t next_xid;

int nvmlInit_v2(void) { return SUCCESS; }
int nvmlShutdown(void) { return SUCCESS; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, device_t *device)
{
    if (index != 0) return INVALID_ARGUMENT;
    *device = &card;
    return SUCCESS;
}
int nvmlDeviceGetMemoryInfo(device_t device, memory_t *memory)
{
    if (device != &card) return INVALID_ARGUMENT;
    *memory = (memory_t){ .total = 85899345920ULL, .free = 64424509440ULL, .used = 21474836480ULL };
    return SUCCESS;
}
int nvmlDeviceGetUtilizationRates(device_t device, rates_t *rates)
{
    if (device != &card) return INVALID_ARGUMENT;
    *rates = (rates_t){ .gpu = 93, .memory = 41 };
    return SUCCESS;
}
int nvmlDeviceGetPowerUsage(device_t device, unsigned int *milliwatts)
{
    if (device != &card) return INVALID_ARGUMENT;
    *milliwatts = 412500;
    return SUCCESS;
}
int nvmlDeviceGetTotalEccErrors(device_t device, int type, int counter, unsigned long long *count)
{
    if (device != &card || counter != 1) return INVALID_ARGUMENT;
#ifdef WITHOUT_ECC
    (void)type; (void)count;
    return NOT_SUPPORTED;
#else
    *count = type == 0 ? 7 : 2;
    return SUCCESS;
#endif
}
int nvmlEventSetCreate(void **set) { *set = &events; return SUCCESS; }
int nvmlDeviceRegisterEvents(device_t device, unsigned long long types, void *set)
{
    listening = device == &card && types == 8 && set == &events;
    return listening ? SUCCESS : INVALID_ARGUMENT;
}
int nvmlEventSetWait_v2(void *set, event_t *event, unsigned int milliseconds)
{
    if (set != &events || !listening || milliseconds != 0) return INVALID_ARGUMENT;
    if (next_xid == sizeof xids / sizeof *xids) return TIMEOUT;
    *event = (event_t){ .device = &card, .type = 8, .data = xids[next_xid++], .gpu_instance = 1, .compute_instance = 2 };
    return SUCCESS;
}
